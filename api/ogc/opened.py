"""The collection of an address, where it is open to who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.deps import CallerDep, FreshDep
from api.ogc.collection import Collection, collection_of


def get_collection(
    collection: str, request: Request, serving: FreshDep, caller: CallerDep
) -> Collection:
    return collection_of(serving, collection, caller)


CollectionDep = Annotated[Collection, Depends(get_collection)]
