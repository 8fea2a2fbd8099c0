"""The memory: SQLAlchemy rows, no behaviour beyond invariants. Knows the ground only.

Keys are (shop_id, id); every table with a shop_id stands behind row-level security (see `app/db.py`); a test holds the
database to `TENANT_TABLES`. Start with `shop.py`, then `catalogue.py` and `orders.py`.
"""

from app.db import Row
from app.models.audit import AuditEntry
from app.models.browsing import BrowsingCount, BrowsingEvent, Visitor, VisitorLink
from app.models.carts import Cart
from app.models.catalogue import DeletionReport, Item, ItemRule, StockCount
from app.models.connections import Backfill, Connection, ConnectionState, HeardBody, InstallState, Review, WriteBack
from app.models.consents import ConsentRecord, Erasure, Suppression, Tombstone
from app.models.decisions import Defer, Note, Skip
from app.models.imports import Import, SetAsideRow
from app.models.inbox import Delivery, DeliveryState
from app.models.learning import RankerState, RankerVersion, Training
from app.models.messaging import Campaign, MailLink, MailSender, Message, MessageState
from app.models.orders import Customer, CustomerMerge, Order, OrderLine, Refund
from app.models.people import Membership, Person, PersonRole, SetupLink
from app.models.predictions import (
    Backtest,
    DueAgain,
    ItemForecast,
    Prediction,
    PredictorVersion,
    SaidPrediction,
    ShopForecast,
)
from app.models.profiles import (
    CohortMonth,
    Interest,
    InterestAnswer,
    Profile,
    ProfileMerge,
    ProfileName,
    ProfileNews,
    Segment,
    SegmentMember,
    SegmentMove,
    ShopRhythm,
    Stage,
    StageDay,
)
from app.models.serving import Click, Impression
from app.models.shop import Shop, ShopSecret
from app.models.ticks import Tick
from app.models.work import WorkState

GLOBAL_TABLES = {"shops", "people", "memberships", "setup_links", "ticks", "install_states", "heard_bodies"}
TENANT_TABLES = tuple(sorted(set(Row.metadata.tables) - GLOBAL_TABLES))

__all__ = [
    "GLOBAL_TABLES",
    "TENANT_TABLES",
    "AuditEntry",
    "Backfill",
    "Backtest",
    "BrowsingCount",
    "BrowsingEvent",
    "Campaign",
    "Cart",
    "Click",
    "CohortMonth",
    "Connection",
    "ConnectionState",
    "ConsentRecord",
    "Customer",
    "CustomerMerge",
    "Defer",
    "DeletionReport",
    "Delivery",
    "DeliveryState",
    "DueAgain",
    "Erasure",
    "HeardBody",
    "Import",
    "Impression",
    "InstallState",
    "Interest",
    "InterestAnswer",
    "Item",
    "ItemForecast",
    "ItemRule",
    "MailLink",
    "MailSender",
    "Membership",
    "Message",
    "MessageState",
    "Note",
    "Order",
    "OrderLine",
    "Person",
    "PersonRole",
    "Prediction",
    "PredictorVersion",
    "Profile",
    "ProfileMerge",
    "ProfileName",
    "ProfileNews",
    "RankerState",
    "RankerVersion",
    "Refund",
    "Review",
    "SaidPrediction",
    "Segment",
    "SegmentMember",
    "SegmentMove",
    "SetAsideRow",
    "SetupLink",
    "Shop",
    "ShopForecast",
    "ShopRhythm",
    "ShopSecret",
    "Skip",
    "Stage",
    "StageDay",
    "StockCount",
    "Suppression",
    "Tick",
    "Tombstone",
    "Training",
    "Visitor",
    "VisitorLink",
    "WorkState",
    "WriteBack",
]
