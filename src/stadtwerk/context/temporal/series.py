"""From chosen instances to series that can be aggregated, one for each attribute and dataset (clause 4.5.19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from stadtwerk.context.entities.document import VALUE_OF, Instance
from stadtwerk.context.temporal.aggregate import Result, Series, aggregate, needs_content, origin
from stadtwerk.context.temporal.asking import Aggregation, TimeAsk
from stadtwerk.context.temporal.choose import Chosen, Picked
from stadtwerk.context.temporal.told import Place
from stadtwerk.context.temporal.tracks import Sorted

Aggregates = list[tuple[str, str, list[tuple[str, Result]]]]
"""What was aggregated of an entity: attribute, kind, and for each dataset the results."""


@dataclass(slots=True)
class Bundle:
    """A series, and where it belongs: number of the entity, attribute, dataset; which instances it is of."""

    entity: int
    chosen: Chosen
    dataset: str
    series: Series

    def places(self, ask: Aggregation) -> list[Place]:
        """Return the instances whose content is needed, none where numbers do."""
        seen = self.series.seen
        return self.chosen.track.places(seen.rows) if needs_content(seen, ask.methods) else []


def bundles(picked: Sequence[Picked], ask: TimeAsk) -> list[Bundle]:
    """Split what was chosen into series."""
    made: list[Bundle] = []
    for number, entity in enumerate(picked):
        if not entity.attributes:
            continue
        start = origin(ask.span, min(int(one.seen.at_us[0]) for one in entity.attributes))
        for one in entity.attributes:
            for dataset, part in _datasets(one, entity.past.datasets):
                made.append(Bundle(number, one, dataset, Series(part, start)))
    return made


def aggregates(
    made: Sequence[Bundle], contents: Mapping[Place, Instance], ask: TimeAsk, entities: int
) -> list[Aggregates]:
    """Aggregate the series and give each entity its own; `contents` has the instances asked for by `places`."""
    for bundle in made:
        if places := bundle.places(ask.aggregation):
            kept = [(row, place) for row, place in enumerate(places) if place in contents]
            still = np.array([row for row, _ in kept], np.int64)
            values = [_value(contents[place]) for _, place in kept]
            bundle.series = Series(bundle.series.seen.part(still), bundle.series.origin_us, values)
    full = [bundle for bundle in made if len(bundle.series.seen)]
    results = aggregate([bundle.series for bundle in full], ask.aggregation, ask.span)
    found: list[Aggregates] = [[] for _ in range(entities)]
    for bundle, result in zip(full, results, strict=True):
        mine, iri = found[bundle.entity], bundle.chosen.iri
        if not mine or mine[-1][0] != iri:
            mine.append((iri, bundle.chosen.track.kind, []))
        mine[-1][2].append((bundle.dataset, result))
    return found


def _datasets(one: Chosen, names: Sequence[str]) -> list[tuple[str, Sorted]]:
    datasets = one.seen.datasets
    if len(names) == 1 or (datasets == datasets[0]).all():
        return [(names[int(datasets[0])], one.seen)]
    return [(names[number], one.seen.part(datasets == number)) for number in np.unique(datasets).tolist()]


def _value(instance: Instance) -> Any:
    return instance[VALUE_OF[instance["type"]]]
