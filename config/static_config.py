from django.contrib.staticfiles import apps as static_apps


class SightlineStaticFilesConfig(static_apps.StaticFilesConfig):
    """Static files without those nobody is served: the browsable API of REST framework is off."""

    ignore_patterns = [*static_apps.StaticFilesConfig.ignore_patterns, "rest_framework"]
