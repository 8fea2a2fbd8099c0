"""What merchants call where somebody stands with their shop, and why two names are one person's."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from app.models import Stage
from app.profiles.unions import Because

STAGES: Mapping[str, LazyString] = {
    Stage.NEW: lazy_gettext("New"),
    Stage.ACTIVE: lazy_gettext("Active"),
    Stage.LOYAL: lazy_gettext("Loyal"),
    Stage.AT_RISK: lazy_gettext("At risk"),
    Stage.LAPSED: lazy_gettext("Lapsed"),
    Stage.WON_BACK: lazy_gettext("Won back"),
    Stage.NEVER_BOUGHT: lazy_gettext("Never bought"),
}

MET: Mapping[str, LazyString] = {
    Because.ACCOUNT_EMAIL: lazy_gettext("An account is registered with this address"),
    Because.PLATFORM_MERGE: lazy_gettext("Your shop merged these accounts"),
}
