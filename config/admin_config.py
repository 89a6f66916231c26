from django.contrib.admin import apps as admin_apps


class SightlineAdminConfig(admin_apps.AdminConfig):
    """Django's admin, entered through our own sign-in (portals/admin_site.py)."""

    default_site = "portals.admin_site.SightlineAdminSite"
