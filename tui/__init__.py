"""The screen: what a person sees when they call `secondme` without a verb."""
