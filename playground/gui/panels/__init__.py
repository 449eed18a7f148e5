"""The side panel and the forms made from declarations."""
