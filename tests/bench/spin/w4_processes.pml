/* W4 with a process a request: the form in which pan's partial-order reduction can do something. Set N, BALANCE, AMOUNT(i). */
short balance = BALANCE;
byte version;
local byte paid[N];

inline judge() {
  d_step { timeout -> assert(BALANCE - balance == SUM(paid)) }
}

active [N] proctype withdraw() {
  byte attempt;
  short read;
  byte read_version;
again:
  if
  :: d_step { balance >= AMOUNT(_pid) -> read = balance; read_version = version }
  :: d_step { balance < AMOUNT(_pid) -> attempt = 0 }; goto end_refused
  fi;
  if
  :: d_step { read_version == version ->
       balance = read - AMOUNT(_pid); version++; paid[_pid] = AMOUNT(_pid);
       read = 0; read_version = 0; attempt = 0; assert(balance >= 0) }
  :: d_step { read_version != version && attempt < 2 -> attempt++; read = 0; read_version = 0 }; goto again
  :: d_step { read_version != version && attempt == 2 -> attempt = 0; read = 0; read_version = 0 }; goto end_exhausted
  fi;
end_paid: judge(); goto end_paid;
end_refused: judge(); goto end_refused;
end_exhausted: judge(); goto end_exhausted
}
