-- Ids are text in their canonical form, compared byte by byte: hence COLLATE "C". NULL is what
-- is not known, or not so. Every key begins with the vendor.

-- What a vendor ships.
CREATE TABLE isv_packages (
    vendor         TEXT COLLATE "C" NOT NULL,
    id             TEXT COLLATE "C" NOT NULL,
    record_id      TEXT COLLATE "C",
    name           TEXT COLLATE "C" NOT NULL,
    namespace      TEXT COLLATE "C" NOT NULL,
    developer      TEXT COLLATE "C" NOT NULL,
    developer_org  TEXT COLLATE "C",
    default_status TEXT COLLATE "C" CHECK (default_status IN ('Trial', 'Active')),
    default_days   BIGINT NOT NULL,
    default_site   BOOLEAN NOT NULL,
    default_seats  BIGINT,
    grace_days     BIGINT NOT NULL,
    overage_basis_points BIGINT NOT NULL,
    overage_extra  BIGINT NOT NULL,
    trial_again    BOOLEAN NOT NULL,
    free_seats     BOOLEAN NOT NULL,
    lead_manager   TEXT COLLATE "C",
    last_refresh   DATE,
    registered_at  TIMESTAMPTZ,
    released_at    TIMESTAMPTZ,
    changed_at     TIMESTAMPTZ,
    revision       BIGINT NOT NULL,
    PRIMARY KEY (vendor, id),
    CHECK ((default_site AND default_seats IS NULL)
        OR (NOT default_site AND default_seats IS NOT NULL AND default_seats BETWEEN 0 AND 99000000))
);

CREATE TABLE isv_versions (
    vendor      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    record_id   TEXT COLLATE "C",
    package     TEXT COLLATE "C" NOT NULL,
    version     TEXT COLLATE "C",
    name        TEXT COLLATE "C" NOT NULL,
    sequence    BIGINT NOT NULL,
    released_at TIMESTAMPTZ,
    PRIMARY KEY (vendor, id)
);

CREATE INDEX isv_versions_by_package ON isv_versions (vendor, package, id);

-- What a vendor switches on, counts or dates per license, or is told by the subscriber.
CREATE TABLE isv_parameters (
    vendor        TEXT COLLATE "C" NOT NULL,
    package       TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    type          TEXT COLLATE "C" NOT NULL CHECK (type IN ('Boolean', 'Integer', 'Date')),
    direction     TEXT COLLATE "C" NOT NULL CHECK (direction IN ('LmoToSubscriber', 'SubscriberToLmo')),
    default_value TEXT COLLATE "C" NOT NULL,
    revision      BIGINT NOT NULL,
    PRIMARY KEY (vendor, package, name)
);

-- The latest instant at which something was committed, so that a clock set back revives nothing.
CREATE TABLE isv_clocks (
    vendor TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    now    TIMESTAMPTZ
);

-- The highest license number that was given out or written.
CREATE TABLE isv_numbers (
    vendor       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_license BIGINT NOT NULL
);

-- Who installs: subscriber orgs.
CREATE TABLE isv_orgs (
    vendor     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    sandbox    BOOLEAN NOT NULL,
    production TEXT COLLATE "C",
    status     TEXT COLLATE "C" NOT NULL,
    edition    TEXT COLLATE "C" NOT NULL,
    instance   TEXT COLLATE "C" NOT NULL,
    trial_ends TEXT COLLATE "C" NOT NULL,
    as_of      TIMESTAMPTZ,
    revision   BIGINT NOT NULL,
    PRIMARY KEY (vendor, id)
);

-- Which sandboxes were made from a production org.
CREATE INDEX isv_orgs_by_production ON isv_orgs (vendor, production, id) WHERE production IS NOT NULL;

-- What was told of an installation, in the order in which it came. Rows are only added.
CREATE TABLE isv_facts (
    vendor         TEXT COLLATE "C" NOT NULL,
    installation   TEXT COLLATE "C" NOT NULL,
    number         BIGINT NOT NULL CHECK (number >= 1),
    kind           TEXT COLLATE "C" NOT NULL CHECK (kind IN ('installed', 'version', 'uninstalled')),
    at             TIMESTAMPTZ,
    org            TEXT COLLATE "C",
    package        TEXT COLLATE "C",
    version        TEXT COLLATE "C",
    version_number TEXT COLLATE "C",
    PRIMARY KEY (vendor, installation, number)
);

CREATE TABLE isv_notices (
    vendor      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, id)
);

-- One row per installation of a package in an org, and per permission-set license of it, which has a
-- permission_set. holders counts the open rows of isv_seats; observed_… is what the subscriber org has.
CREATE TABLE isv_licenses (
    vendor         TEXT COLLATE "C" NOT NULL,
    id             BIGINT NOT NULL CHECK (id >= 1),
    record_id      TEXT COLLATE "C",
    installation   TEXT COLLATE "C" NOT NULL,
    previous       BIGINT,
    production     BIGINT,
    org            TEXT COLLATE "C",
    sandbox        BOOLEAN NOT NULL,
    package        TEXT COLLATE "C",
    version        TEXT COLLATE "C",
    version_number TEXT COLLATE "C",
    permission_set TEXT COLLATE "C" NOT NULL,
    status         TEXT COLLATE "C" NOT NULL CHECK (status IN ('Trial', 'Active', 'Suspended', 'Uninstalled')),
    site_license   BOOLEAN NOT NULL,
    seats          BIGINT,
    never_expires  BOOLEAN NOT NULL,
    last_day       DATE,
    as_installed   BOOLEAN NOT NULL,
    once_active    BOOLEAN NOT NULL,
    terms_as_of    TIMESTAMPTZ,
    trial_start    DATE,
    zone           TEXT COLLATE "C" NOT NULL,
    installed_at   TIMESTAMPTZ,
    upgraded_at    TIMESTAMPTZ,
    uninstalled_at TIMESTAMPTZ,
    retired_at     TIMESTAMPTZ,
    lead           TEXT COLLATE "C",
    lead_name      TEXT COLLATE "C" NOT NULL,
    contact        TEXT COLLATE "C",
    account        TEXT COLLATE "C",
    holders        BIGINT NOT NULL DEFAULT 0 CHECK (holders >= 0),
    observed_status TEXT COLLATE "C" NOT NULL DEFAULT '',
    observed_site  BOOLEAN,
    observed_seats BIGINT,
    observed_never_expires BOOLEAN NOT NULL DEFAULT FALSE,
    observed_last_day DATE,
    observed_used  BIGINT,
    observed_at    TIMESTAMPTZ,
    type           TEXT COLLATE "C" NOT NULL,
    revision       BIGINT NOT NULL,
    changed_at     TIMESTAMPTZ,
    PRIMARY KEY (vendor, id),
    UNIQUE (vendor, installation),
    CHECK ((site_license AND seats IS NULL)
        OR (NOT site_license AND seats IS NOT NULL AND seats BETWEEN 0 AND 99000000)),
    CHECK (NOT never_expires OR last_day IS NULL)
);

-- Each index ends with the order of the listing that it serves, so that a page is read as
-- it stands there.
CREATE INDEX isv_licenses_by_org ON isv_licenses (vendor, org, id);

CREATE INDEX isv_licenses_by_org_and_package ON isv_licenses (vendor, org, package, id);

CREATE INDEX isv_licenses_by_package ON isv_licenses (vendor, package, id);

CREATE INDEX isv_licenses_by_status ON isv_licenses (vendor, status, id);

CREATE INDEX isv_licenses_by_last_day ON isv_licenses (vendor, last_day, id) WHERE last_day IS NOT NULL;

CREATE INDEX isv_licenses_by_lead ON isv_licenses (vendor, lead, id) WHERE lead IS NOT NULL;

CREATE INDEX isv_licenses_by_contact ON isv_licenses (vendor, contact, id) WHERE contact IS NOT NULL;

CREATE INDEX isv_licenses_by_account ON isv_licenses (vendor, account, id) WHERE account IS NOT NULL;

-- How a license stands with its subscriber org: since when a value differs, and which terms, by
-- the revision that set them, are to be pushed.
CREATE TABLE isv_sides (
    vendor           TEXT COLLATE "C" NOT NULL,
    license          BIGINT NOT NULL,
    status_since     TIMESTAMPTZ,
    seats_since      TIMESTAMPTZ,
    expiration_since TIMESTAMPTZ,
    used_since       TIMESTAMPTZ,
    wanted           BIGINT NOT NULL,
    confirmed        BIGINT NOT NULL,
    tries            BIGINT NOT NULL,
    due_at           TIMESTAMPTZ,
    revision         BIGINT NOT NULL,
    PRIMARY KEY (vendor, license)
);

CREATE INDEX isv_sides_pending ON isv_sides (vendor, license) WHERE wanted > confirmed;

CREATE INDEX isv_sides_drifting ON isv_sides (vendor, license)
    WHERE COALESCE(status_since, seats_since, expiration_since, used_since) IS NOT NULL;

-- How far the latest refresh of a package is.
CREATE TABLE isv_refreshes (
    vendor             TEXT COLLATE "C" NOT NULL,
    package            TEXT COLLATE "C" NOT NULL,
    started_at         TIMESTAMPTZ,
    finished_at        TIMESTAMPTZ,
    after_installation TEXT COLLATE "C",
    listed             BOOLEAN NOT NULL,
    installations      BIGINT NOT NULL,
    made               BIGINT NOT NULL,
    differing          BIGINT NOT NULL,
    unreachable        BIGINT NOT NULL,
    failed             BIGINT NOT NULL,
    revision           BIGINT NOT NULL,
    PRIMARY KEY (vendor, package)
);

-- Installations that a refresh could not read, and that the next one tries again.
CREATE TABLE isv_refresh_left (
    vendor       TEXT COLLATE "C" NOT NULL,
    installation TEXT COLLATE "C" NOT NULL,
    org          TEXT COLLATE "C",
    package      TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, installation)
);

CREATE INDEX isv_refresh_left_by_package ON isv_refresh_left (vendor, package, installation);

-- What the two sides have for a parameter of a license: true, false, an integer, or a day.
CREATE TABLE isv_parameter_values (
    vendor      TEXT COLLATE "C" NOT NULL,
    license     BIGINT NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    value       TEXT COLLATE "C",
    set_at      TIMESTAMPTZ,
    reported    TEXT COLLATE "C",
    reported_at TIMESTAMPTZ,
    differ_since TIMESTAMPTZ,
    revision    BIGINT NOT NULL,
    PRIMARY KEY (vendor, license, name)
);

-- Who holds a seat, and who did: an assignment is closed, not deleted. number is 0 while the
-- seat is held, so that a user holds at most one seat of a license; those that are closed are
-- numbered from 1. imported_at is when an assignment that another system gave before was
-- recorded.
CREATE TABLE isv_seats (
    vendor      TEXT COLLATE "C" NOT NULL,
    license     BIGINT NOT NULL,
    user_id     TEXT COLLATE "C" NOT NULL,
    number      BIGINT NOT NULL CHECK (number >= 0),
    assigned_at TIMESTAMPTZ,
    assigned_by TEXT COLLATE "C" NOT NULL,
    imported_at TIMESTAMPTZ,
    revoked_at  TIMESTAMPTZ,
    revoked_by  TEXT COLLATE "C" NOT NULL DEFAULT '',
    PRIMARY KEY (vendor, license, user_id, number),
    CHECK ((number = 0) = (revoked_at IS NULL))
);

-- Who installed, as sales knows them.
CREATE TABLE isv_leads (
    vendor            TEXT COLLATE "C" NOT NULL,
    id                TEXT COLLATE "C" NOT NULL,
    first_name        TEXT COLLATE "C" NOT NULL,
    last_name         TEXT COLLATE "C" NOT NULL,
    title             TEXT COLLATE "C" NOT NULL,
    company           TEXT COLLATE "C" NOT NULL,
    email             TEXT COLLATE "C" NOT NULL,
    phone             TEXT COLLATE "C" NOT NULL,
    street            TEXT COLLATE "C" NOT NULL,
    city              TEXT COLLATE "C" NOT NULL,
    state             TEXT COLLATE "C" NOT NULL,
    postal_code       TEXT COLLATE "C" NOT NULL,
    country           TEXT COLLATE "C" NOT NULL,
    source            TEXT COLLATE "C" NOT NULL,
    status            TEXT COLLATE "C" NOT NULL,
    owner             TEXT COLLATE "C",
    created_at        TIMESTAMPTZ,
    converted_contact TEXT COLLATE "C",
    converted_account TEXT COLLATE "C",
    converted_at      TIMESTAMPTZ,
    revision          BIGINT NOT NULL,
    PRIMARY KEY (vendor, id)
);

CREATE INDEX isv_leads_by_owner ON isv_leads (vendor, owner, id);

CREATE INDEX isv_leads_by_creation ON isv_leads (vendor, created_at, id);

-- Who installed and could not be made a lead: the rule that matches leads failed.
CREATE TABLE isv_pending_leads (
    vendor      TEXT COLLATE "C" NOT NULL,
    license     BIGINT NOT NULL,
    first_name  TEXT COLLATE "C" NOT NULL,
    last_name   TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    company     TEXT COLLATE "C" NOT NULL,
    email       TEXT COLLATE "C" NOT NULL,
    phone       TEXT COLLATE "C" NOT NULL,
    street      TEXT COLLATE "C" NOT NULL,
    city        TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    postal_code TEXT COLLATE "C" NOT NULL,
    country     TEXT COLLATE "C" NOT NULL,
    since       TIMESTAMPTZ,
    revision    BIGINT NOT NULL,
    PRIMARY KEY (vendor, license)
);

CREATE TABLE isv_contacts (
    vendor      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    account     TEXT COLLATE "C",
    first_name  TEXT COLLATE "C" NOT NULL,
    last_name   TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    company     TEXT COLLATE "C" NOT NULL,
    email       TEXT COLLATE "C" NOT NULL,
    phone       TEXT COLLATE "C" NOT NULL,
    street      TEXT COLLATE "C" NOT NULL,
    city        TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    postal_code TEXT COLLATE "C" NOT NULL,
    country     TEXT COLLATE "C" NOT NULL,
    owner       TEXT COLLATE "C",
    created_at  TIMESTAMPTZ,
    PRIMARY KEY (vendor, id)
);

CREATE TABLE isv_accounts (
    vendor      TEXT COLLATE "C" NOT NULL,
    id          TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    type        TEXT COLLATE "C" NOT NULL,
    website     TEXT COLLATE "C" NOT NULL,
    phone       TEXT COLLATE "C" NOT NULL,
    street      TEXT COLLATE "C" NOT NULL,
    city        TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    postal_code TEXT COLLATE "C" NOT NULL,
    country     TEXT COLLATE "C" NOT NULL,
    owner       TEXT COLLATE "C",
    created_at  TIMESTAMPTZ,
    PRIMARY KEY (vendor, id)
);

-- How far an idle seat has come on the way to being reclaimed.
CREATE TABLE isv_standings (
    vendor    TEXT COLLATE "C" NOT NULL,
    license   BIGINT NOT NULL,
    user_id   TEXT COLLATE "C" NOT NULL,
    stage     TEXT COLLATE "C" NOT NULL,
    notice_at TIMESTAMPTZ,
    revision  BIGINT NOT NULL,
    PRIMARY KEY (vendor, license, user_id)
);

-- What was to be told of a license, once. Rows are only added.
CREATE TABLE isv_alerts (
    vendor       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    license      BIGINT NOT NULL,
    number       BIGINT NOT NULL CHECK (number >= 1),
    rule         TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    due          DATE,
    at           TIMESTAMPTZ,
    late         BOOLEAN NOT NULL,
    days         BIGINT NOT NULL,
    basis_points BIGINT NOT NULL,
    last_day     DATE,
    used         BIGINT NOT NULL,
    seats        BIGINT NOT NULL,
    field        TEXT COLLATE "C" NOT NULL,
    user_id      TEXT COLLATE "C",
    PRIMARY KEY (vendor, id),
    UNIQUE (vendor, license, number)
);

CREATE INDEX isv_alerts_by_rule ON isv_alerts (vendor, rule, license, number);

-- How far each alert has come on its way to each sink. license and number are the alert's.
CREATE TABLE isv_deliveries (
    vendor     TEXT COLLATE "C" NOT NULL,
    alert      TEXT COLLATE "C" NOT NULL,
    sink       TEXT COLLATE "C" NOT NULL,
    license    BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    state      TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'delivered', 'parked')),
    attempts   BIGINT NOT NULL,
    next_at    TIMESTAMPTZ,
    settled_at TIMESTAMPTZ,
    failure    TEXT COLLATE "C" NOT NULL,
    revision   BIGINT NOT NULL,
    PRIMARY KEY (vendor, alert, sink)
);

CREATE INDEX isv_deliveries_in_order ON isv_deliveries (vendor, license, number, sink);

-- What is still to be delivered, and what was given up: few of many.
CREATE INDEX isv_deliveries_pending ON isv_deliveries (vendor, sink, license, number) WHERE state = 'pending';

CREATE INDEX isv_deliveries_parked ON isv_deliveries (vendor, license, number, sink) WHERE state = 'parked';

CREATE TABLE isv_owners (
    vendor TEXT COLLATE "C" NOT NULL,
    id     TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    email  TEXT COLLATE "C" NOT NULL,
    active BOOLEAN NOT NULL,
    cannot_read BOOLEAN NOT NULL,
    PRIMARY KEY (vendor, id)
);

-- Under which keys matching finds leads and contacts.
CREATE TABLE isv_match_keys (
    vendor    TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL CHECK (kind IN ('lead', 'contact')),
    match_key TEXT COLLATE "C" NOT NULL,
    record    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, kind, match_key, record)
);

-- record comes first of the two, so that nobody looks for a key by it.
CREATE INDEX isv_match_keys_of_record ON isv_match_keys (vendor, record, kind);

-- Match keys that somebody has locked once: a row to lock is needed also where no record
-- stands under the key yet. Rows may be deleted at any time: who needs one makes it again.
CREATE TABLE isv_match_locks (
    vendor    TEXT COLLATE "C" NOT NULL,
    kind      TEXT COLLATE "C" NOT NULL,
    match_key TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (vendor, kind, match_key)
);

-- The highest number in the feed of a vendor. Whoever numbers events locks the row.
CREATE TABLE isv_feeds (
    vendor   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    last_seq BIGINT NOT NULL
);

-- What happened. Rows are only added, and Manager.Retain removes what later ones say again.
-- position orders a stream; seq orders the feed of a vendor,
-- and is given once the event is committed. id is the order in which they were written.
CREATE TABLE isv_events (
    vendor      TEXT COLLATE "C" NOT NULL,
    id          BIGINT GENERATED ALWAYS AS IDENTITY,
    seq         BIGINT CHECK (seq >= 1),
    stream_kind TEXT COLLATE "C" NOT NULL,
    stream_id   TEXT COLLATE "C" NOT NULL,
    position    BIGINT NOT NULL CHECK (position >= 1),
    at          TIMESTAMPTZ,
    actor       TEXT COLLATE "C",
    why         TEXT COLLATE "C" NOT NULL,
    change_kind TEXT COLLATE "C" NOT NULL,
    change      TEXT NOT NULL,
    PRIMARY KEY (vendor, stream_kind, stream_id, position),
    UNIQUE (vendor, seq)
);

CREATE INDEX isv_events_unnumbered ON isv_events (vendor, id) WHERE seq IS NULL;

-- Licenses change seldom, and their seats often: what a license was at an instant is found
-- without reading what happened to its seats.
CREATE INDEX isv_events_of_licenses ON isv_events (vendor, stream_kind, stream_id, position) WHERE change_kind = 'license changed';

CREATE TABLE isv_cursors (
    vendor TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    seq    BIGINT NOT NULL,
    PRIMARY KEY (vendor, name)
);
