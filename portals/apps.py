from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalsConfig(AppConfig):
    name = "portals"
    verbose_name = _("Company")

    def ready(self) -> None:
        from portals import checks  # noqa: F401  (registers the system checks)
