"""The pages of signing in that are our own, and those of the one provider of single sign-on."""

from django.urls import path

from apps.accounts.signing_in import single_sign_on, stepping_up

urlpatterns = [
    path("step-up/", stepping_up.page, name="step_up"),
    path("step-up/single-sign-on/", single_sign_on.again, name="single_sign_on_again"),
    # allauth's names and addresses, so that its own views, which believe more, are out of reach.
    path("oidc/<str:provider_id>/login/", single_sign_on.login, name="openid_connect_login"),
    path(
        "oidc/<str:provider_id>/login/callback/",
        single_sign_on.callback,
        name="openid_connect_callback",
    ),
]
