"""The collection of an address, where it is open to who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.callers import Caller
from api.deps import CallerDep, ServiceDep, ServingDep, answers_from
from api.ogc.catalogue import collection_of
from api.ogc.collection import Collection
from api.service import Service, Serving


def opened(
    request: Request, serving: Serving, service: Service, identity: str, caller: Caller
) -> Collection:
    """A collection; what is answered of it may be kept, unless it lives."""
    found = collection_of(serving, service, identity, caller)
    if not found.living:
        answers_from(request, serving)
    return found


def get_collection(
    collection: str, request: Request, serving: ServingDep, service: ServiceDep, caller: CallerDep
) -> Collection:
    return opened(request, serving, service, collection, caller)


CollectionDep = Annotated[Collection, Depends(get_collection)]
