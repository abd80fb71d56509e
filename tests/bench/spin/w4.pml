/* W4, optimistic version: SELECT balance, version; UPDATE … WHERE version = what was read; at most three attempts. */
#define PAID 6
#define REFUSED 7
#define EXHAUSTED 8
short balance = @BALANCE@;
byte version;
byte at[@N@];           /* 2 × attempt, + 1 where it has read */
@PLACE@ seen[@N@];
byte seen_version[@N@];

active proctype requests() {
end:
  do
@EACH
  :: d_step { at[@I@] < PAID && !(at[@I@] & 1) && balance >= @AMOUNT@ ->
       at[@I@] = at[@I@] + 1; seen[@I@] = balance; seen_version[@I@] = version }
  :: d_step { at[@I@] < PAID && !(at[@I@] & 1) && balance < @AMOUNT@ -> at[@I@] = REFUSED }
  :: d_step { at[@I@] < PAID && (at[@I@] & 1) && seen_version[@I@] == version ->
       balance = seen[@I@] - @AMOUNT@; version++; at[@I@] = PAID; seen[@I@] = 0; seen_version[@I@] = 0; assert(balance >= 0) }
  :: d_step { at[@I@] < 5 && (at[@I@] & 1) && seen_version[@I@] != version ->
       at[@I@] = at[@I@] + 1; seen[@I@] = 0; seen_version[@I@] = 0 }
  :: d_step { at[@I@] == 5 && seen_version[@I@] != version -> at[@I@] = EXHAUSTED; seen[@I@] = 0; seen_version[@I@] = 0 }
@END
  :: d_step { timeout -> assert(@BALANCE@ - balance == @SUM((at[@I@] == PAID) * @AMOUNT@)) }
  od
}
