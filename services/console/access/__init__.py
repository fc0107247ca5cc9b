"""Who is asking, what they may see and do, and forms that only our own pages can send."""

from .forms import Form, checked_form
from .viewer import Forbidden, Permission, Viewer, require, viewer_of

__all__ = [
    "Forbidden",
    "Form",
    "Permission",
    "Viewer",
    "checked_form",
    "require",
    "viewer_of",
]
