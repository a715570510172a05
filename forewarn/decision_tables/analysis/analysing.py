"""The analysis of one table, over all its columns together."""

from __future__ import annotations

from datetime import datetime

from forewarn.decision_tables.analysis.covering import Steps
from forewarn.decision_tables.analysis.gaps import find_gaps, find_open_texts, gaps_matter
from forewarn.decision_tables.analysis.merging import cell_codes, find_duplicates, find_mergeable
from forewarn.decision_tables.analysis.outputs import RuleOutputs, outputs_of
from forewarn.decision_tables.analysis.overlaps import find_overlaps
from forewarn.decision_tables.analysis.regions import Regions, Undecided, regions_of
from forewarn.decision_tables.analysis.result import Analysis, Cap, Gap, Hidden, OpenText, Overlap
from forewarn.decision_tables.analysis.shadows import find_hidden, priority_order
from forewarn.decision_tables.analysis.unused import find_settled, find_unused, never_matching, out_of_effect
from forewarn.decision_tables.model import HitPolicy, TableModel

LIMIT = 100
"""How many gaps, overlaps, and so on are listed of one table."""

STEPS = 500_000_000
"""How many steps each search in one table may take (`covering.Steps`): about three seconds."""


def analyse(model: TableModel, *, limit: int = LIMIT, steps: int = STEPS, since: datetime | None = None) -> Analysis:
    """Find the gaps, overlaps, hidden rules and the like of one table.

    At most ``limit`` of each are listed, and each search takes at most ``steps`` steps, never a time: the same
    table always gives the same analysis, and what a limit left out stands in `Analysis.caps`. With ``since``, an
    aware moment, only the time from then on is looked at, and rules whose time is over are told.

    Gaps are looked for under Unique, Any, Priority and First where no Default answers; under the other policies
    that no rule matches is an answer like any. Overlaps are a fault under Unique, and under Any where outputs
    differ; under First and Priority they hide rules (`Analysis.shadowed`); elsewhere they are the purpose.
    Contract: the checks of decision tables (`docs/decision-tables.md`), DMN 1.5 §8.2.10 for the policies.
    """
    regions = regions_of(model, since=since)
    outputs = outputs_of(model)
    undecided = list(regions.undecided)
    overlaps, overlap_caps = _overlaps(regions, outputs, limit)
    # Under Unique the search for overlaps has seen every pair of decided rules.
    disjoint = not overlaps if model.hit_policy is HitPolicy.UNIQUE and regions.decided.all() else None
    gaps, open_texts, gap_caps = _gaps(regions, limit, steps, disjoint=disjoint)
    shadowed, redundant, hidden_caps = _hidden(regions, outputs, limit, steps, undecided)
    codes = cell_codes(regions)
    mergeable, merge_caps = find_mergeable(regions, codes, outputs, limit, Steps(steps))
    settled = list(find_settled(regions))
    over = out_of_effect(model, since)
    if model.hit_policy is HitPolicy.ANY and outputs.computed.any():
        undecided.append(
            Undecided(
                " and ".join(repr(column.heading) for column in model.outputs),
                "the outputs are computed, so that whether they agree is known only where they are written alike",
                [number for number, computed in enumerate(outputs.computed) if computed],
            )
        )
    return Analysis(
        model=model,
        gaps=tuple(gaps),
        overlaps=tuple(overlaps),
        shadowed=tuple(shadowed),
        redundant=tuple(redundant),
        duplicates=tuple(find_duplicates(codes, outputs)),
        mergeable=tuple(mergeable),
        settled=tuple(settled),
        never=never_matching(regions, settled, over),
        out_of_effect=over,
        unused=tuple(find_unused(regions)),
        open_texts=tuple(open_texts),
        undecided=tuple(undecided),
        caps=(*gap_caps, *overlap_caps, *hidden_caps, *merge_caps),
    )


def _gaps(
    regions: Regions, limit: int, steps: int, *, disjoint: bool | None
) -> tuple[list[Gap], list[OpenText], list[Cap]]:
    if not gaps_matter(regions.model):
        return [], [], []
    gaps, caps = find_gaps(regions, limit, Steps(steps), disjoint=disjoint)
    return gaps, find_open_texts(regions), caps


def _overlaps(regions: Regions, outputs: RuleOutputs, limit: int) -> tuple[list[Overlap], list[Cap]]:
    if regions.model.hit_policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return [], []
    return find_overlaps(regions, outputs, limit)


def _hidden(
    regions: Regions, outputs: RuleOutputs, limit: int, steps: int, undecided: list[Undecided]
) -> tuple[list[Hidden], list[Hidden], list[Cap]]:
    model = regions.model
    if model.hit_policy not in (HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.ANY):
        return [], [], []
    order = priority_order(model)
    if order is None:
        everyone = list(range(len(model.rules)))
        undecided.append(Undecided("the ranked outputs", "they are computed, so which rule wins is unknown", everyone))
        return [], [], []
    return find_hidden(regions, outputs, order, limit, Steps(steps))
