"""`GET /v1/certification`: what a sandbox has shown, and what the order would have found in it.

`trial.py` reads what the sandbox has sent, `order.py` judges it by the order, `route.py` answers.
The requirements are those of `blotter-certify`.
"""

from .route import Certification

__all__ = ["Certification"]
