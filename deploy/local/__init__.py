"""The whole system on one machine, with nothing but Python: `python -m deploy.local run`, or `make run`.

Each part stands alone (`postgres`, `broker`, `kafka`, `caddy`, `processes`), so that tests take the ones they need;
`stack.Stack` is all of them together.
"""
