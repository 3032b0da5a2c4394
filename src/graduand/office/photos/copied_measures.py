"""In a demonstration a few pictures are measured; the others show the same faces, and what was seen
is copied to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from graduand.gateways.photos.portraits import MeasuredPortrait
from graduand.office.installation import deployment
from graduand.office.refusal import Refused
from graduand.rulebook.photos.measures import Portrait


@dataclass(slots=True)
class CopiedLooks:
    """`sources` are hashes of pictures, each with that of the picture whose look is copied to it.

    A source is measured as ever, and comes before its copies; of a copy only its own file is looked
    at: size, colours, whether it decodes, to which pixels. Whoever has no source here is measured.
    Raises Refused outside a demonstration.
    """

    sources: Mapping[str, str] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    given: set[str] = field(default_factory=set)
    seen: dict[str, Portrait | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.sources and not deployment.is_demo():
            raise Refused("只有演示数据的照片可以抄用别的照片的测量值")
        self.wanted = frozenset(self.sources.values())

    def copies(self, original: str) -> bool:
        """Whether what is seen in this picture will be known by the time that its file has been
        looked at.
        """
        if original in self.wanted:
            self.given.add(original)
        return self.sources.get(original) in self.given

    def completed(self, original: str, seen: MeasuredPortrait) -> MeasuredPortrait:
        """The picture with what was seen in its source, when only its file was looked at."""
        if original in self.wanted:
            self.seen[original] = seen.measure.portrait
        file = seen.measure.file
        source = self.sources.get(original, "")
        if (
            seen.measure.portrait is not None
            or file is None
            or not file.decodes
            or source not in self.seen
        ):
            return seen
        return replace(seen, measure=replace(seen.measure, portrait=self.seen[source]))

    def mark(self, original: str, by: str) -> str:
        """Who judged, in words; of a copy also whose look it has, so that nobody takes it for
        measured.
        """
        if original not in self.sources or self.sources[original] not in self.seen:
            return by
        return f"{by}；演示：人像数据抄自照片 {self.sources[original][:12]}"
