"""Starts the whole system on one machine that has only Python: `python -m deploy.local run`, or `make run`.

Each part (`postgres`, `broker`, `kafka`, `caddy`, `processes`) works alone, so that tests can use single parts.
`stack.Stack` combines all of them.
"""
