"""Pages of the responsibility list 处置责任清单: its entries and its drafts."""
