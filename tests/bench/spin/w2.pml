/* W2, conditional UPDATE: SELECT balance; UPDATE balance − amount WHERE balance >= amount; INSERT INTO audit.
   A request's row of `audit` is there when it is AUDITED. */
#define IDLE 0
#define READ 1
#define UPDATED 2
#define AUDITED 3
#define REFUSED 4
#define TOO_LATE 5
short balance = @BALANCE@;
byte at[@N@];

active proctype requests() {
end:
  do
@EACH
  :: d_step { at[@I@] == IDLE && balance >= @AMOUNT@ -> at[@I@] = READ }
  :: d_step { at[@I@] == IDLE && balance < @AMOUNT@ -> at[@I@] = REFUSED }
  :: d_step { at[@I@] == READ && balance >= @AMOUNT@ -> balance = balance - @AMOUNT@; at[@I@] = UPDATED; assert(balance >= 0) }
  :: d_step { at[@I@] == READ && balance < @AMOUNT@ -> at[@I@] = TOO_LATE }
  :: d_step { at[@I@] == UPDATED -> at[@I@] = AUDITED }
@END
  :: d_step { timeout -> assert(@BALANCE@ - balance == @SUM((at[@I@] == AUDITED) * @AMOUNT@)) }
  od
}
