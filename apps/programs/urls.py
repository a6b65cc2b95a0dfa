"""The addresses of programs, each by itself: the toolkit’s own would let anybody register one."""

from django.urls import path

from apps.programs.views.consent import ConsentView
from apps.programs.views.consents import my_programs, withdraw
from apps.programs.views.endpoints import IntrospectionView, RevocationView, TokenView
from apps.programs.views.metadata import authorization_server, jwks, protected_resource

urlpatterns = [
    path("oauth/authorize/", ConsentView.as_view(), name="oauth_authorize"),
    path("oauth/token/", TokenView.as_view(), name="oauth_token"),
    path("oauth/revoke/", RevocationView.as_view(), name="oauth_revoke"),
    path("oauth/introspect/", IntrospectionView.as_view(), name="oauth_introspect"),
    path("oauth/authorized_tokens/", my_programs, name="oauth_consents"),
    path("oauth/authorized_tokens/<int:consent_id>/", withdraw, name="oauth_withdraw"),
    path(".well-known/oauth-authorization-server", authorization_server, name="oauth_metadata"),
    path(".well-known/oauth-protected-resource", protected_resource, name="oauth_resource"),
    path(".well-known/oauth-protected-resource/api", protected_resource),
    path(".well-known/jwks.json", jwks, name="jwks"),
]
