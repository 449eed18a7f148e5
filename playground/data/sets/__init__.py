"""The data sets; every module here is imported when the first one is looked up."""
