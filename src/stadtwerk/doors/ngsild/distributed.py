"""Which operations go to other context sources, too: handlers stay as they are and are wrapped (clause 4.3.6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stadtwerk.doors.ngsild.door import Resource
from stadtwerk.doors.ngsild.federated import Federated
from stadtwerk.doors.ngsild.federated_batches import FederatedBatches
from stadtwerk.doors.ngsild.federated_lists import FederatedLists
from stadtwerk.doors.ngsild.federated_reads import FederatedReads
from stadtwerk.doors.ngsild.federated_writes import FederatedWrites
from stadtwerk.doors.ngsild.http import Handler

WRITES: Mapping[tuple[str, str], str] = {
    ("POST", "entities"): "createEntity",
    ("PUT", "entities/{entity_id}"): "replaceEntity",
    ("PATCH", "entities/{entity_id}"): "mergeEntity",
    ("DELETE", "entities/{entity_id}"): "deleteEntity",
    ("POST", "entities/{entity_id}/attrs"): "appendAttrs",
    ("PATCH", "entities/{entity_id}/attrs"): "updateEntity",
    ("PATCH", "entities/{entity_id}/attrs/{attribute}"): "updateAttrs",
    ("PUT", "entities/{entity_id}/attrs/{attribute}"): "replaceAttrs",
    ("DELETE", "entities/{entity_id}/attrs/{attribute}"): "deleteAttrs",
    ("POST", "temporal/entities"): "upsertTemporal",
    ("DELETE", "temporal/entities/{entity_id}"): "deleteTemporal",
    ("POST", "temporal/entities/{entity_id}/attrs"): "appendAttrsTemporal",
    ("DELETE", "temporal/entities/{entity_id}/attrs/{attribute}"): "deleteAttrsTemporal",
    ("PATCH", "temporal/entities/{entity_id}/attrs/{attribute}/{instance_id}"): "updateAttrInstanceTemporal",
    ("DELETE", "temporal/entities/{entity_id}/attrs/{attribute}/{instance_id}"): "deleteAttrInstanceTemporal",
}
JOINED: Mapping[tuple[str, str], str] = {
    ("GET", "types"): "retrieveEntityTypes",
    ("GET", "types/{name}"): "retrieveEntityTypeInfo",
    ("GET", "attributes"): "retrieveAttrTypes",
    ("GET", "attributes/{name}"): "retrieveAttrTypeInfo",
    ("GET", "temporal/entities"): "queryTemporal",
    ("GET", "temporal/entities/{entity_id}"): "retrieveTemporal",
    ("POST", "temporal/entityOperations/query"): "queryBatchTemporal",
}
"""Questions whose answers are joined."""
BATCHES: Mapping[tuple[str, str], str] = {
    ("POST", "entityOperations/create"): "createBatch",
    ("POST", "entityOperations/upsert"): "upsertBatch",
    ("POST", "entityOperations/update"): "updateBatch",
    ("POST", "entityOperations/merge"): "mergeBatch",
    ("POST", "entityOperations/delete"): "deleteBatch",
}


def distributed(resources: Sequence[Resource], federated: Federated) -> list[Resource]:
    """Return the resources with handlers that also ask other sources, where a registration says so."""
    writes, batches, reads = FederatedWrites(federated), FederatedBatches(federated), FederatedReads(federated)
    lists = FederatedLists(federated)
    questions: Mapping[tuple[str, str], Callable[[Handler], Handler]] = {
        ("GET", "entities"): reads.query,
        ("GET", "entities/{entity_id}"): reads.retrieve,
        ("POST", "entityOperations/query"): reads.posted,
        ("DELETE", "entities"): lists.purged,
    }

    def wrapped(method: str, path: str, handler: Handler) -> Handler:
        if (method, path) in WRITES:
            return writes.wrap(WRITES[method, path], path, handler)
        if (method, path) in BATCHES:
            return batches.wrap(BATCHES[method, path], handler)
        if (method, path) in JOINED:
            return lists.joined(JOINED[method, path], path, handler)
        if (method, path) in questions:
            return questions[method, path](handler)
        return handler

    return [
        Resource(one.path, {method: wrapped(method, one.path, handler) for method, handler in one.methods.items()})
        for one in resources
    ]
