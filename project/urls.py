"""The addresses of the site: the admin is the front end."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from apps.accounts.signing_in.views import admin_login
from project.health import healthz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("apps.accounts.urls")),
    path("accounts/", include("apps.accounts.signing_in.urls")),
    path("admin/login/", admin_login),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("api/", include("apps.api.urls")),
    path("", include("apps.programs.urls")),
]

handler400 = "project.failing.bad_request"
handler403 = "project.failing.permission_denied"
handler404 = "project.failing.page_not_found"
handler429 = "project.failing.too_often"
handler500 = "project.failing.server_error"
