"""Scorecard pages: figures, rates and the cases behind them."""
