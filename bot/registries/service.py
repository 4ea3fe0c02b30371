"""What an operator is told of a registry over HTTP that cannot be read: what is wrong, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httpx

from bot.registries.patience import PASSING_STATUS

_NO_ANSWER: Final = {
    ("UNEXPECTED_EOF", "complete message body"): (
        "{place} broke off in the middle ({brief}). Look at its log and that of any proxy: "
        "the server may be restarting, or have too little memory."
    ),
    ("WRONG_VERSION_NUMBER", "record layer"): (
        "{place} does not speak TLS. Write http:// in {setting}, or put TLS in front of it."
    ),
    ("Hostname mismatch", "IP address mismatch"): (
        "The TLS certificate of {place} was made for another name ({brief}). "
        "Write a name that it has in {setting}, or have one made for this name."
    ),
    ("certificate has expired",): ("The TLS certificate of {place} has expired. Renew it on the server."),
    ("CERTIFICATE_VERIFY_FAILED",): (
        "The TLS certificate of {place} is not trusted ({brief}). "
        "Name the file with your certificate authority in SSL_CERT_FILE, or renew the certificate."
    ),
    ("SSL:", "EOF occurred in violation of protocol"): (
        "TLS with {place} cannot be set up ({brief}). Check that {setting} is {address}, "
        "and which versions of TLS and which certificates of the bot the server asks for."
    ),
    ("Name or service not known", "nodename nor servname", "No address associated", "name resolution"): (
        "{place} cannot be reached ({brief}): nobody knows that name where the bot runs. "
        "Check its spelling in {setting}, and the name servers."
    ),
}
"""Words of an error → the sentence; the first that fits. OpenSSL and the resolver have no better way to say it."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """What is said of a registry when it cannot be read."""

    name: str
    setting: str
    """The setting with its address."""
    address: str
    """What belongs there, and what does not."""
    credentials: str
    """What to do when they are not accepted."""
    right: str
    """What to do when they may not read models."""

    def what_to_do(self, status: int, message: str, *, leads_to: str = "another address") -> str:
        """The rest of a sentence that begins with the server."""
        if 300 <= status < 400:
            return (
                f"sends the bot to {leads_to}, as a log-in page does. Give the bot a way around it, "
                f"or write the final address in {self.setting}."
            )
        if status in PASSING_STATUS and status >= 500:
            return (
                f"failed (HTTP {status}), as what stands in front of a server does while that is down or busy. "
                "Check that the server itself is up, and look at its log."
            )
        if status >= 500:
            return f"failed (HTTP {status}). Look at the server's log."
        refused = f"refused the question (HTTP {status}{f': {message}' if message else ''}). Look at the server's log."
        return {
            200: f"answered with a page instead of data. Check that {self.setting} is {self.address}.",
            401: f"does not accept the bot's credentials. {self.credentials}",
            403: f"does not let the bot's account read models. {self.right}",
            404: f"has no {self.name} API there. Give {self.setting} {self.address}.",
            429: "asks for fewer questions (HTTP 429). Nothing needs to be done unless this stays.",
        }.get(status, refused)

    def unreachable(self, place: str, error: Exception, brief: str) -> str:
        """What to do where there was no answer at all; `brief` is what the error says, without a secret."""
        if isinstance(error, httpx.ProxyError):
            return f"{place} cannot be reached: the proxy refuses ({brief}). Check it, or name the host in NO_PROXY."
        said = str(error)
        for words, sentence in _NO_ANSWER.items():
            if any(word in said for word in words):
                return sentence.format(place=place, brief=brief, setting=self.setting, address=self.address)
        return f"{place} cannot be reached ({brief}). Check {self.setting}, and that the server is up."
