/* W3 with a process a request: the form in which pan's partial-order reduction can do something. Set N, BALANCE, AMOUNT(i).
   The UPDATE touches only what nobody else sees before COMMIT. */
short balance = BALANCE;
bool locked;
local byte paid[N];

inline judge() {
  d_step { timeout -> assert(BALANCE - balance == SUM(paid)) }
}

active [N] proctype withdraw() {
  short row; /* as this request sees it: read, then written */
  if
  :: d_step { locked -> skip }
  :: d_step { !locked && balance >= AMOUNT(_pid) -> locked = true; row = balance }; goto update
  :: d_step { !locked && balance < AMOUNT(_pid) -> locked = true }; goto rollback
  fi;
  if
  :: d_step { !locked && balance >= AMOUNT(_pid) -> locked = true; row = balance }
  :: d_step { !locked && balance < AMOUNT(_pid) -> locked = true }; goto rollback
  fi;
update:
  row = row - AMOUNT(_pid);
  d_step { balance = row; paid[_pid] = AMOUNT(_pid); row = 0; locked = false; assert(balance >= 0) };
end_paid: judge(); goto end_paid;
rollback:
  locked = false;
end_refused: judge(); goto end_refused
}
