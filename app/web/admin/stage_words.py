"""What merchants call where somebody stands with their shop."""

from collections.abc import Mapping

from flask_babel import LazyString, lazy_gettext

from app.models import Stage

STAGES: Mapping[str, LazyString] = {
    Stage.NEW: lazy_gettext("New"),
    Stage.ACTIVE: lazy_gettext("Active"),
    Stage.LOYAL: lazy_gettext("Loyal"),
    Stage.AT_RISK: lazy_gettext("At risk"),
    Stage.LAPSED: lazy_gettext("Lapsed"),
    Stage.WON_BACK: lazy_gettext("Won back"),
    Stage.NEVER_BOUGHT: lazy_gettext("Never bought"),
}
