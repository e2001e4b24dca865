"""Event types, one package per stage of the loop and one module per topic.

`contracts.catalogue` collects every `Event` class of these modules.
"""
