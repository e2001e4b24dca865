"""Pages of the responsibility list 处置责任清单: its entries, and the drafts by which it is changed."""
