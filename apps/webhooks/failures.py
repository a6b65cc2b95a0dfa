"""What went wrong on the way to a receiver, in words of those who have to mend it there."""

import ssl

import httpx
from django.utils.translation import gettext as _

# What X509_verify_cert says: https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_NOT_YET_VALID, _EXPIRED, _HOSTNAME_MISMATCH = 9, 10, 62
_SELF_SIGNED = frozenset({18, 19})
_ISSUER_UNKNOWN = frozenset({2, 20, 21})


def sentence_of(failure: Exception) -> str:
    """Return what happened in one sentence; of what is rare, also what the library says."""
    fault = _tls_fault_of(failure)
    if isinstance(fault, ssl.SSLCertVerificationError):
        return _of_certificate(fault)
    if fault is not None:
        reason = (fault.reason or "").replace("_", " ").lower()
        return _("No encrypted connection comes about (TLS 1.2 or newer): {reason}.").format(
            reason=reason
        )
    if isinstance(failure, httpx.ConnectError):
        return _("The receiver cannot be reached: nothing takes the connection.")
    if isinstance(failure, httpx.RemoteProtocolError):
        return _("The receiver does not answer in HTTP: {reason}.").format(reason=failure)
    if isinstance(failure, httpx.NetworkError):
        return _("The connection broke off before the answer.")
    return f"{type(failure).__name__}: {failure}" if str(failure) else type(failure).__name__


def _tls_fault_of(failure: BaseException) -> ssl.SSLError | None:
    """Return what TLS refused, which the client wraps in failures of its own."""
    cause: BaseException | None = failure
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause


def _of_certificate(fault: ssl.SSLCertVerificationError) -> str:
    code = fault.verify_code
    if code == _HOSTNAME_MISMATCH:
        return _("The receiver’s certificate is for another name. Have one made for this name.")
    if code == _EXPIRED:
        return _("The receiver’s certificate has expired. Renew it.")
    if code == _NOT_YET_VALID:
        return _("The receiver’s certificate is not valid yet. Check the receiver’s clock.")
    if code in _SELF_SIGNED:
        return _(
            "The receiver’s certificate is signed by itself or by an authority of its own. "
            "Use one of a public authority."
        )
    if code in _ISSUER_UNKNOWN:
        return _(
            "Who signed the receiver’s certificate is not known. Use one of a public "
            "authority, and send the certificates in between with it."
        )
    return _("The receiver’s certificate is refused: {reason}.").format(reason=fault.verify_message)
