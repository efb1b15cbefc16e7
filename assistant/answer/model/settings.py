"""Where the language model is: built at the edge from options and environment, passed in, off unless a URL is given."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from assistant.errors import BadRequest

URL, MODEL, KEY, TIMEOUT = "NOTICES_LLM_URL", "NOTICES_LLM_MODEL", "NOTICES_LLM_KEY", "NOTICES_LLM_TIMEOUT"
DEFAULT_TIMEOUT = 20.0  # seconds for all that one question asks of the model
_MAX_TIMEOUT = 600.0
_PATH = "/chat/completions"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """An OpenAI-compatible endpoint.

    :param url: of its chat completions, ``http://127.0.0.1:11434/v1/chat/completions``
    :param timeout: seconds for one question, both calls together
    """

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout: float = DEFAULT_TIMEOUT

    @property
    def host(self) -> str:
        """Where the words of notices go."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_loopback(self) -> bool:
        """Whether they stay on this machine."""
        try:
            return self.host == "localhost" or ip_address(self.host).is_loopback
        except ValueError:
            return False


def model_settings(url: str | None, model: str | None, environment: Mapping[str, str]) -> ModelSettings | None:
    """The settings from options, and from the environment where an option is not given; None where no URL is.

    An empty ``--llm-url ""`` turns off what the environment sets. The key is read from the environment only, since
    anybody on the machine sees a command's options.

    :raises BadRequest: a URL, a timeout or a key that cannot be used; a URL without a model, or the other way round
    """
    address = (environment.get(URL, "") if url is None else url).strip()
    name = (environment.get(MODEL, "") if model is None else model).strip()
    if not address:
        if model:
            raise BadRequest(
                f"--llm-model needs --llm-url (or {URL}), such as http://127.0.0.1:11434/v1 (请给出模型地址)"
            )
        return None
    if not name:
        raise BadRequest(f"--llm-url needs --llm-model (or {MODEL}), the name the server knows it by (请给出模型名称)")
    key = environment.get(KEY, "").strip() or None
    if key is not None and not (key.isascii() and key.isprintable()):
        raise BadRequest(f"{KEY} holds characters that no HTTP header may hold; copy the key anew (密钥有误)")
    return ModelSettings(_endpoint(address), name, key, _seconds(environment.get(TIMEOUT, "")))


def _endpoint(address: str) -> str:
    wrong = f"{address!r} is no address of a language model; give --llm-url such as http://127.0.0.1:11434/v1 (模型地址有误)"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise BadRequest(wrong) from None
    if parts.username or parts.password:
        raise BadRequest(f"the URL of --llm-url must not hold a password; put the key into {KEY} (请勿在地址中写密码)")
    plain = address.isascii() and address.isprintable() and " " not in address
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not plain:
        raise BadRequest(wrong)
    if parts.query or parts.fragment:
        raise BadRequest(wrong)
    path = parts.path.rstrip("/")
    return SplitResult(parts.scheme, parts.netloc, path if path.endswith(_PATH) else path + _PATH, "", "").geturl()


def _seconds(text: str) -> float:
    if not text.strip():
        return DEFAULT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= _MAX_TIMEOUT:
        raise BadRequest(f"{TIMEOUT} must be seconds above 0, at most {_MAX_TIMEOUT:.0f}, not {text!r} (超时秒数有误)")
    return seconds
