/* W2 with a process a request: the form in which pan's partial-order reduction can do something. Set N, BALANCE, AMOUNT(i).
   `local` tells pan that a row of `audit` is one process's own until all have finished. */
short balance = BALANCE;
local byte audit[N];

inline judge() {
  d_step { timeout -> assert(BALANCE - balance == SUM(audit)) }
}

active [N] proctype withdraw() {
  if
  :: d_step { balance >= AMOUNT(_pid) -> skip }
  :: d_step { balance < AMOUNT(_pid) -> skip }; goto end_refused
  fi;
  if
  :: d_step { balance >= AMOUNT(_pid) -> balance = balance - AMOUNT(_pid); assert(balance >= 0) }
  :: d_step { balance < AMOUNT(_pid) -> skip }; goto end_too_late
  fi;
  audit[_pid] = AMOUNT(_pid);
end_paid: judge(); goto end_paid;
end_refused: judge(); goto end_refused;
end_too_late: judge(); goto end_too_late
}
