"""Where the keys of S3 come from, when they are not given: as boto3 finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.util import find_spec

from trackline.blobs.errors import WrongOption
from trackline.blobs.options import StoreOptions
from trackline.blobs.s3_signing import Keys

FindKeys = Callable[[], Awaitable[Keys]]


class MissingKeys(Exception):
    """Nowhere are any keys."""


def keys_and_region(options: StoreOptions) -> tuple[FindKeys | None, str]:
    """How to get keys that are valid now, and the region, "" if nothing says it.

    No way at all is left to obstore, which asks the container, the instance or the web identity.
    Raises WrongOption.
    """
    if options.access_key:
        keys = Keys(options.access_key, options.secret_key, options.session_token)

        async def given() -> Keys:
            return keys

        return given, options.region
    if find_spec("botocore"):
        return _from_botocore(options)
    if options.profile:
        raise WrongOption(
            f"The profile {options.profile} (AWS_PROFILE) cannot be read without botocore: "
            'install it with pip install "trackline[aws]", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
        )
    return None, options.region


def _from_botocore(options: StoreOptions) -> tuple[FindKeys, str]:
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    session = Session(profile=options.profile or None)
    try:
        region = options.region or session.get_config_variable("region") or ""
    except BotoCoreError as error:
        raise WrongOption(f"The AWS configuration (AWS_PROFILE, ~/.aws/config) cannot be used: {error}.") from error

    def find() -> Keys:
        try:
            found = session.get_credentials()
            frozen = found and found.get_frozen_credentials()
        except BotoCoreError as error:
            raise MissingKeys(str(error)) from error
        if not frozen:
            raise MissingKeys("none are configured")
        return Keys(frozen.access_key, frozen.secret_key, frozen.token or "")

    return lambda: asyncio.to_thread(find), region
