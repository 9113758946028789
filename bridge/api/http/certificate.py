"""The certificate of the server: read and checked at start, and read again when asked to."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509 import Certificate, load_pem_x509_certificates

from bridge.errors import ConfigurationError

log = structlog.get_logger(__name__)


class ServerCertificate:
    """The files of a certificate and its key, and the TLS context made of them."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self.context, self._expires = self._load()

    def read_again(self) -> None:
        """Use the files of now for new connections; keep the old certificate if they are not usable."""
        try:
            self.context, self._expires = self._load()
        except ConfigurationError as error:
            log.error("certificate_not_replaced", reason=str(error))  # noqa: TRY400 - the operator's mistake
        else:
            self.log_expiry()

    def log_expiry(self) -> None:
        """Log until when the certificate is valid."""
        if self._expires <= datetime.now(UTC):
            log.warning("certificate_expired", expired=self._expires.isoformat())
        else:
            log.info("certificate_read", expires=self._expires.isoformat())

    def _load(self) -> tuple[ssl.SSLContext, datetime]:
        """Return a new context, and when the certificate expires; raises `ConfigurationError`."""
        certificate = _certificate_in(self._certificate)
        _check_key(self._key, certificate)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._certificate, self._key, password="")
        except OSError as error:
            reason = getattr(error, "reason", None) or error.strerror
            raise _unusable("certificate", self._certificate, f"cannot be used: {reason}") from None
        return context, certificate.not_valid_after_utc


def _certificate_in(path: Path) -> Certificate:
    try:
        return load_pem_x509_certificates(_content("certificate", path))[0]
    except ValueError:
        raise _unusable("certificate", path, "contains no PEM certificate") from None


def _check_key(path: Path, certificate: Certificate) -> None:
    """Raise `ConfigurationError` unless the file contains the private key of the certificate."""
    try:
        key = load_pem_private_key(_content("key", path), None)
    except TypeError:
        raise _unusable("key", path, "is encrypted; store the key without a password") from None
    except ValueError:
        raise _unusable("key", path, "contains no PEM private key") from None
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise _unusable("key", path, "is not the key of the certificate")


def _content(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(name, path, f"cannot be read: {error.strerror}") from None


def _unusable(name: str, path: Path, why: str) -> ConfigurationError:
    return ConfigurationError(f"server.tls.{name}: {path} {why}")
