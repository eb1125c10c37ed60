/* Elementary functions in binary64, good to about 1e-12, without libm and with the same bits on
 * every platform: + - * / and square root only, no contraction. Rounded to f32 once, the error is
 * below 0.51 ulp. */
#ifndef XQUANT_INT8_REAL_FUNCTIONS_H_
#define XQUANT_INT8_REAL_FUNCTIONS_H_

double xq_exp(double x); /* saturates outside [-708, 709] */
double xq_expm1(double x);
double xq_log(double x); /* of a float that was promoted; NaN below 0, -Inf at 0 */
double xq_softplus(double x);
double xq_sigmoid(double x);
double xq_tanh(double x);
double xq_erf(double x);
double xq_sqrt(double x); /* correctly rounded */

#endif /* XQUANT_INT8_REAL_FUNCTIONS_H_ */
