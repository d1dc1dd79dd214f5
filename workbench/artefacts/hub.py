"""Asking the Hugging Face Hub for models and data sets: where it is, what it refuses, and whether a file came whole.

``HF_ENDPOINT`` names another hub, ``HF_TOKEN`` a login; both are huggingface_hub's own variables.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.artefacts import folders
from workbench.errors import WorkbenchError

HUB = "hub:"  # begins the name of whatever comes from there
SECONDS = 10.0  # how long a hub may take to answer one request


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for, and how errors about it are raised: their class, codes, and the remedies that are its own."""

    kind: Literal["model", "dataset"]
    noun: str
    error: type[WorkbenchError]
    code: str
    damaged: str  # the code when a file is not what the hub said
    missing: str  # the remedy when there is no such thing
    offline: str  # what can be used without a hub


def endpoint() -> str:
    """The hub's address, without a slash at its end."""
    from huggingface_hub import constants

    return (os.environ.get("HF_ENDPOINT") or constants.ENDPOINT).rstrip("/")


def download(
    wanted: Wanted, source: str, path: str, into: Path, *, revision: str | None, size: int | None, sha256: str
) -> Path:
    """Bring the file ``path`` of ``source`` ("hub:owner/name") below ``into``; size and, where given, hash are checked.

    Raises ``wanted.error`` when it came otherwise than the hub said, and whatever huggingface_hub raises.
    """
    from huggingface_hub import hf_hub_download

    brought = Path(
        hf_hub_download(
            source.removeprefix(HUB),
            path,
            repo_type=wanted.kind,
            revision=revision,
            local_dir=into,
            endpoint=endpoint(),
            etag_timeout=SECONDS,
        )
    )
    found = brought.stat().st_size
    if size not in (None, found) or (sha256 and folders.sha256(brought) != sha256):
        hashed = f" with SHA-256 {sha256[:16]}…" if sha256 else ""
        raise wanted.error(
            f"expected {size} bytes{hashed}, found {found} bytes",
            where=f"{source}, {path}",
            remedy="The download was cut short or changed on its way; nothing was kept. Try again.",
            code=wanted.damaged,
        )
    return brought


@contextmanager
def plain_errors(wanted: Wanted, where: str) -> Iterator[None]:
    """What the hub's library raises, in plain words."""
    import httpx2
    from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, HFValidationError, RepositoryNotFoundError

    try:
        yield
        return
    except GatedRepoError:
        what = f"the owner of this {wanted.noun} wants its terms accepted first"
        remedy = "Accept them on its page, and start the workbench with your HF_TOKEN; or choose another."
    except (RepositoryNotFoundError, HFValidationError):
        what, remedy = f"there is no such {wanted.noun} on the Hub, or it is private", wanted.missing
    except (HfHubHTTPError, httpx2.HTTPStatusError) as error:
        what, remedy = f"the Hub answered with status {error.response.status_code}", "Try again in a few minutes."
    except (OSError, httpx2.HTTPError, ValueError) as error:
        what = f"no hub can be reached from here ({type(error).__name__})"
        remedy = f"Use {wanted.offline}; for the Hub, check the network, HF_ENDPOINT and proxy settings."
    raise wanted.error(what, where=where, remedy=remedy, code=wanted.code)
