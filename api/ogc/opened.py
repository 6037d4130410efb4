"""The collection of an address, where it is open to who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.deps import CallerDep, FreshDep, ServiceDep
from api.ogc.collection import Collection, collection_of


def get_collection(
    collection: str, serving: FreshDep, service: ServiceDep, caller: CallerDep
) -> Collection:
    return collection_of(serving, service, collection, caller)


CollectionDep = Annotated[Collection, Depends(get_collection)]
