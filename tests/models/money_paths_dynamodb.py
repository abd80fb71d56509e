"""The cells of DynamoDB in docs/money-paths.md: see money_paths_table.py."""

# What DynamoDB has for no path.
NO_ROW_LOCK = "— DynamoDB has no locks and no interactive transactions; an item that serves as one is the lock below"
NO_CHECK = "— DynamoDB has no constraints but the primary key; a floor is a condition of the write"
NO_STATES = "— a number has no states to go through"
CHARGE_ELSEWHERE = "— the charge is made by somebody else's server: no item holds it"
NOTHING_HELD = "— nothing is held: it is decided at once. A hold that ends is the path reservation hold"


def cells(file, naive, recommended, **fixes):
    """Variants of `file`, the first one of several, without its name; `a / b` for several; a reason begins with a dash."""
    first = file.split(" ", 1)[0]

    def full(name):
        return name if " " in name else f"{first} {name}"

    def entry(text):
        return text if text.startswith("—") else " / ".join(full(each.strip()) for each in text.split("/"))

    return {"files": file, "naive": [full(name) for name in naive], "recommended": (full(recommended[0]), recommended[1]),
            **{fix: entry(text) for fix, text in {"for_update": NO_ROW_LOCK, "check": NO_CHECK, **fixes}.items()}}


# title of the path in money_paths_table.py → its files, variants that go wrong, the recommended one and how, and a cell for each fix.
DYNAMODB = {
    "Balance withdrawal": cells(
        "withdraw_dynamodb withdraw_faults_dynamodb", ["naive", "consistent_read"],
        ("debit_and_record_in_one_item", "the condition balance >= :x in the UpdateItem that changes the balance and keeps the payment; where "
         "they are two items, TransactWriteItems that is retried (`withdraw_dynamodb transaction_with_retry`); a payout by somebody else's server goes "
         "with his idempotency key and a job (`withdraw_faults_dynamodb job_and_provider_key`)"),
        nothing="naive / consistent_read",
        transaction="check_before_the_transaction",
        conditional="guarded_update / partiql / debit_then_record",
        together="debit_and_record_in_one_item / transaction_with_retry",
        version="optimistic_version / version_read_late",
        unread="unread_version / guard_not_read",
        serializable="transaction_without_retry",
        serializable_retry="transaction_with_retry",
        on_conflict="insert_next_entry / put_next_entry",
        unique="unique_number",
        state=NO_STATES,
        commutative="subtract_without_condition / returned_value_ignored",
        lock="lock_and_delete",
        owner="compare_and_delete / lease_checked_with_the_write",
        hold=NOTHING_HELD),
    "Coupon": cells(
        "coupon_dynamodb", ["naive", "count_by_index"],
        ("order_in_the_coupon", "claim and order in one UpdateItem with its condition; where they are two items, TransactWriteItems that is "
         "retried (`coupon_dynamodb claim_and_order_in_transaction`)"),
        nothing="naive / consistent_read / count_by_index",
        transaction="check_before_the_transaction",
        conditional="claim_then_grant",
        together="order_in_the_coupon / append_if_there_is_room / claim_and_order_in_transaction",
        version="optimistic_version",
        unread="unread_version / claim_not_read / old_value_ignored",
        serializable="transaction_without_retry",
        serializable_retry="claim_and_order_in_transaction",
        on_conflict="insert_redemption / partiql_insert / put_redemption",
        unique="unique_order",
        state="— used or not is the counter: the condition in the write",
        commutative="add_without_condition",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold="claim_with_a_time / claim_with_a_time_and_condition"),
    "Resource limit": cells(
        "resource_limit_dynamodb", ["naive", "insert_then_count"],
        ("append_guarded", "what is limited is a list of the item that has the limit; where it is items of its own, the guarded counter and the "
         "item in TransactWriteItems that is retried (`resource_limit_dynamodb guard_against_the_plan`)"),
        nothing="naive / consistent_count / insert_then_count",
        transaction="check_before_the_transaction",
        conditional="guard_then_insert / guard_against_the_plan",
        together="append_guarded / guard_against_the_plan / partiql_transaction",
        version="optimistic_version",
        unread="unread_version",
        serializable="transaction_without_retry",
        serializable_retry="guard_against_the_plan",
        on_conflict="number_is_the_key / condition_on_the_new_item",
        unique="unique_number",
        state="free_place",
        commutative="append_after_check",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold=NOTHING_HELD),
    "Inventory": cells(
        "inventory_dynamodb", ["naive", "put_whole_item"],
        ("order_in_the_product", "stock and order in one UpdateItem with its condition; where they are two items, TransactWriteItems that is "
         "retried (`inventory_dynamodb transaction_with_retry`)"),
        nothing="naive / consistent_read / put_whole_item",
        transaction="check_before_the_transaction",
        conditional="stock_then_order",
        together="order_in_the_product / partiql / transaction_with_retry",
        version="optimistic_version / put_whole_item_with_version",
        unread="unread_version",
        serializable="transaction_without_retry",
        serializable_retry="transaction_with_retry",
        on_conflict="unit_then_order",
        unique="unique_unit",
        state="state_machine",
        commutative="subtract_after_check / add_then_repair",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold="hold_with_a_time"),
    "Idempotency key": cells(
        "idempotency_key_dynamodb", ["naive", "token_then_charge"],
        ("taken_over_with_provider_key", "PutItem of the key with attribute_not_exists, charge with the same key at the provider, mark it as paid; "
         "who finds a claim that is not paid asks the provider again"),
        nothing="naive / consistent_read",
        transaction="charge_then_transaction",
        conditional="claim_by_phase",
        together=CHARGE_ELSEWHERE,
        version="optimistic_version",
        unread="unread_version / claim_not_read / old_value_ignored",
        serializable="transaction_without_retry",
        serializable_retry="transaction_with_retry",
        on_conflict="insert_key / partiql_insert / old_value",
        unique="unique_key",
        state="claim_by_phase",
        commutative="add_to_set",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold="claim_for_a_time / claim_for_a_time_with_provider_key"),
    "Subscription state": cells(
        "subscription_dynamodb", ["naive", "claim_by_months"],
        ("state_machine", "the from-state as condition of each step, and let the next run go on where the last one stopped"),
        nothing="naive / consistent_read",
        transaction="charge_then_transaction",
        conditional="claim_then_charge / partiql",
        together=CHARGE_ELSEWHERE,
        version="version_after_charge / version_before_charge",
        unread="unread_version",
        serializable="transaction_without_retry",
        serializable_retry="transaction_with_retry",
        on_conflict="insert_period",
        unique="— the same as PutItem with attribute_not_exists: the row above",
        state="state_machine",
        commutative="add_only",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold="— a renewal that is claimed for a time is a key that is claimed for a time: the path idempotency key"),
    "Reservation hold": cells(
        "reservation_hold_dynamodb lease_dynamodb", ["naive", "hold_with_a_time", "lease_dynamodb ttl_decides"],
        ("state_machine", "seat, hold and ticket are one item that goes from phase to phase; what is being paid is nobody else's and has no time to "
         "live, and a job pays what a crash left unpaid, with the provider's idempotency key. A hold that ends is compared in the condition "
         "(`lease_dynamodb claim_and_job`)"),
        nothing="naive / consistent_read",
        transaction="check_before_the_transaction",
        conditional="hold_without_end",
        together=CHARGE_ELSEWHERE,
        version="optimistic_version",
        unread="unread_version / hold_not_read",
        serializable="pay_then_transaction",
        serializable_retry="transaction_with_retry",
        on_conflict="ticket_before_payment / put_ticket",
        unique="pay_then_unique_ticket",
        state="state_machine / partiql",
        commutative="add_to_set",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold="hold_with_a_time / hold_and_unique_ticket / refund_when_too_late / hold_and_ticket_before_payment / "
             "lease_dynamodb time_in_the_condition / lease_dynamodb claim_and_job"),
    "Loyalty points": cells(
        "loyalty_points_dynamodb", ["naive", "token_of_the_attempt"],
        ("guard_and_reference", "points and debited orders in one item: points >= :p AND NOT contains(done, :order); where the debits are items, "
         "TransactWriteItems that is retried (`loyalty_points_dynamodb unique_debit`), or with the order's number as ClientRequestToken"),
        nothing="naive / consistent_sum",
        transaction="check_before_the_transaction",
        conditional="guarded_update / partiql",
        together="guard_and_reference / unique_debit / token",
        version="optimistic_version",
        unread="unread_version",
        serializable="transaction_without_retry",
        serializable_retry="transaction_with_retry",
        on_conflict="mark_then_debit / condition_on_the_entry",
        unique="unique_debit",
        state=NO_STATES,
        commutative="subtract_after_check / set_without_condition",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold=NOTHING_HELD),
    "Transfer": cells(
        "transfer_dynamodb", ["naive", "stale_target"],
        ("transaction_with_retry", "the debit with its condition and the credit in TransactWriteItems; after transaction_canceled read, decide and try "
         "again. Without transactions, phases and a job (`transfer_dynamodb phases_and_job`)"),
        nothing="naive / consistent_read",
        transaction="check_before_the_transaction",
        conditional="debit_then_credit / batch_write",
        together="both_in_one_item / transaction_with_retry / partiql_transaction",
        version="optimistic_version / stale_target",
        unread="unread_version / debit_not_read",
        serializable="transaction_without_retry / canceled_means_no_money",
        serializable_retry="transaction_with_retry",
        on_conflict="— a transfer changes two items that are there; a Put decides nothing about them",
        unique="— a transfer changes two items that are there; no key is taken twice",
        state="phases_without_job / phases_and_job",
        commutative="add_after_check",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold=NOTHING_HELD),
    "Paid flag": cells(
        "paid_flag_dynamodb", ["naive", "canceled_is_done"],
        ("applied_in_one", "ADD of the days and of the event to a set, with NOT contains(applied, :event) as condition"),
        nothing="naive / consistent_read",
        transaction="look_before_the_transaction",
        conditional="monotonic_condition",
        together="applied_in_one / event_in_transaction / token",
        version="optimistic_version",
        unread="unread_version",
        serializable="canceled_is_done",
        serializable_retry="event_in_transaction",
        on_conflict="event_then_add",
        unique="event_in_transaction",
        state="— a date has no states; whether a message was applied is its key: the row above",
        commutative="add / partiql / set_without_condition / put_grant",
        lock="lock_and_delete",
        owner="compare_and_delete",
        hold="event_with_a_time"),
}
