/* W5 conditional with a process a request: the form in which pan's partial-order reduction can do something.
   Set N, BALANCE, AMOUNT(i). */
short balance = BALANCE;
local byte sold[N];

inline judge() {
  d_step { timeout -> assert(BALANCE - balance == SUM(sold)) }
}

active [N] proctype buy() {
  if
  :: d_step { balance >= AMOUNT(_pid) ->
       balance = balance - AMOUNT(_pid); sold[_pid] = AMOUNT(_pid); assert(balance >= 0) }
  :: d_step { balance < AMOUNT(_pid) -> skip }; goto end_refused
  fi;
end_sold: judge(); goto end_sold;
end_refused: judge(); goto end_refused
}
