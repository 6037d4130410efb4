"""Everything that a command may load, loaded: ``forked`` forks commands from a process with it."""

from importlib import import_module
from pkgutil import walk_packages

import api
import data
import geo
import maps
import models
import vigia

NO_MODULES = ("__main__", "migrations")  # scripts: they do something when they are loaded

for package in (vigia, data, geo, models, api, maps):
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if not set(module.name.split(".")) & set(NO_MODULES):
            import_module(module.name)
