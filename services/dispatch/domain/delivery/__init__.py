"""How a message reaches a unit's system: who may be called, how it is signed, when it is tried again."""
