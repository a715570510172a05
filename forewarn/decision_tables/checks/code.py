"""One kind of finding."""

from __future__ import annotations

from dataclasses import dataclass

from forewarn.errors import Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: its stable code, severity, what it is in one line, and how it is mended."""

    code: str
    severity: Severity
    title: str
    hint: str

    def finding(
        self,
        message: str,
        place: Place,
        *,
        hint: str | None = None,
        rule: str | None = None,
        text: str | None = None,
        suggestion: str | None = None,
        related: tuple[Place, ...] = (),
    ) -> Finding:
        """A finding of this kind; without ``hint`` the code's own."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=message,
            place=place,
            rule=rule,
            text=text,
            hint=hint if hint is not None else self.hint,
            suggestion=suggestion,
            related=related,
        )
