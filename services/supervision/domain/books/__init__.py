"""The books: what is counted, folded from events alone, so that a recount from the ledgers must come to the same.

`rules` is the one table from event type to what it counts; `keeper` writes facts and bookings; `facts` says what they are.
Nothing here knows clocks, tasks or people's commands: a figure that no event tells of cannot be counted.
"""

from services.supervision.domain.books.facts import Booking, Fact, Subject
from services.supervision.domain.books.keeper import Keeper
from services.supervision.domain.books.rules import enter, is_over
from services.supervision.domain.books.state import Books

__all__ = ["Booking", "Books", "Fact", "Keeper", "Subject", "enter", "is_over"]
