"""The board's TypeScript types agree with the contract."""

from __future__ import annotations

from services.console import typescript
from services.console.rendering import BUILT


def test_the_committed_types_are_up_to_date() -> None:
    """If not, run `python -m services.console.typescript > services/console/web/src/contracts.ts`."""
    committed = BUILT.parent / "src" / "contracts.ts"
    assert committed.read_text(encoding="utf-8") == typescript.render()
