"""The identity of a connection: its token and the library's headers."""

from collections.abc import Mapping

from pydantic import SecretStr


class Identity:
    """The current token and headers; a replaced token is used once it has been stored."""

    def __init__(self, token: str) -> None:
        self._token = SecretStr(token)
        self._presented: Mapping[str, str] | None = None
        self.cookies: Mapping[str, str] = {}

    @property
    def token(self) -> str:
        """Return the token, for requests to Discord only."""
        return self._token.get_secret_value()

    @property
    def is_known(self) -> bool:
        """Return whether requests can be made: the library has chosen its headers."""
        return self._presented is not None

    def present(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
        """Use `headers`, which are without authorization, and `cookies` from now on."""
        self._presented, self.cookies = dict(headers), dict(cookies)

    def replace_token(self, token: str) -> None:
        """Use `token` from now on."""
        self._token = SecretStr(token)

    def headers(self) -> dict[str, str]:
        """Return the headers of a request."""
        return {**(self._presented or {}), "Authorization": self.token}
