"""The addresses of the site: the admin is the front end."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from project.health import healthz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("apps.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("apps.api.urls")),
    path("", include("apps.programs.urls")),
]
