/* W5, conditional: UPDATE stock SET quantity = quantity − n WHERE quantity >= n. (W5 naive is W1 under other names.) */
#define IDLE 0
#define SOLD 1
#define REFUSED 2
short balance = @BALANCE@;
byte at[@N@];

active proctype requests() {
end:
  do
@EACH
  :: d_step { at[@I@] == IDLE && balance >= @AMOUNT@ -> balance = balance - @AMOUNT@; at[@I@] = SOLD; assert(balance >= 0) }
  :: d_step { at[@I@] == IDLE && balance < @AMOUNT@ -> at[@I@] = REFUSED }
@END
  :: d_step { timeout -> assert(@BALANCE@ - balance == @SUM((at[@I@] == SOLD) * @AMOUNT@)) }
  od
}
