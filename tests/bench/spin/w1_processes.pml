/* W1 with a process a request: the form in which pan's partial-order reduction can do something. Set N, BALANCE, AMOUNT(i). */
short balance = BALANCE;

active [N] proctype withdraw() {
  short read;
  if
  :: d_step { balance >= AMOUNT(_pid) -> read = balance }
  :: d_step { balance < AMOUNT(_pid) -> skip }; goto end_refused
  fi;
  d_step { balance = read - AMOUNT(_pid); read = 0; assert(balance >= 0) };
end_paid: false;
end_refused: false
}
