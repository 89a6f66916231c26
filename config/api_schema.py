"""The description of the API is made by one thread at a time: what drf-spectacular sets and imports is everybody's."""

import threading
from typing import Any

from drf_spectacular.generators import SchemaGenerator

_one_at_a_time = threading.Lock()


class OneAtATime(SchemaGenerator):
    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        with _one_at_a_time:
            return super().get_schema(*args, **kwargs)
