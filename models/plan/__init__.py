"""Where teams go next: sites, itineraries, and what each limit of a plan costs."""
